/** What typia generates, told more shortly: half of it says where something is wrong, with the same few words thousands of times. */

const REPORT =
  /_report\((true|_exceptionable), \{\s+path: ([^\n]+),\n\s+expected: ("(?:[^"\\]|\\.)*"),\n\s+value: ([^\n]+?)(?:,\n\s+description: \[[^\]]*\]\.join\("\\n"\))?\n\s+\}\)/g;
const REPORTER = '(__typia_transform__validateReport._validateReport as any)(errors)';

/** Each text that was expected stands once; a report has its parts one after the other, without typia's advice, which nobody is shown. Throws where nothing of this is found: typia writes otherwise by now. */
export function shortReports(text: string): string {
  const names = new Map<string, string>();
  const nameOf = (expected: string): string => {
    const name = names.get(expected) ?? `_expected${names.size}`;
    names.set(expected, name);
    return name;
  };
  const short = text
    .replace(REPORT, (_, isReported, path, expected, value) => `_report(${isReported}, ${path}, ${nameOf(expected)}, ${value})`)
    .replaceAll(REPORTER, '_reporter(errors)');
  if (names.size === 0 || /expected: "|_validateReport as any/.test(short))
    throw new Error('generate: typia reports otherwise');
  const constants = [...names].map(([expected, name]) => `const ${name} = ${expected};\n`).join('');
  return `${short}
${constants}const _reporter = (errors: any): any => {
    const report = __typia_transform__validateReport._validateReport(errors);
    return (exceptionable: boolean, path: string, expected: string, value: any) => report(exceptionable, { path, expected, value });
};
`;
}
