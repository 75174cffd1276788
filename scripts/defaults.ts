/** What `Default: …` at the end of a description means; undefined where it is words. */
export function defaultIn(description: string | undefined): unknown {
  const text = /Default: (`[^`]*`|[^.(]*[^.( ](?:\.\d+)?)(?: \(|\.\s)/.exec(`${description ?? ''} `)?.[1]?.trim();
  if (text === undefined) return undefined;
  const quoted = /^`(.*)`$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  if (text === 'true' || text === 'false') return text === 'true';
  return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
