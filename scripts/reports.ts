/** What typia generates, told more shortly: half of it says where something is wrong, with the same few words thousands of times. */

const REPORT =
  /_report\((true|_exceptionable), \{\s+path: ([^\n]+),\n\s+expected: ("(?:[^"\\]|\\.)*"),\n\s+value: ([^\n]+?)(?:,\n\s+description: \[[^\]]*\]\.join\("\\n"\))?\n\s+\}\)/g;
const REPORTER = '(__typia_transform__validateReport._validateReport as any)(errors)';

/** Of a value of the right type that passes one of its limits typia names that limit alone. */
const ONE_LIMIT = /^"(?:number|string|Array<>) & \w+(?:<[^&|]*>)?"$/;

/**
 * What was expected, of each report in turn: all limits of a value, also where it passes only one. The whole type stands behind its limits, in the report of
 * the same place that a value of another type comes to.
 */
function wholeTypes(text: string): string[] {
  const wholes = new Map<string, string>();
  return [...text.matchAll(REPORT)]
    .reverse()
    .map(([, , path, expected = '', value]) => {
      const place = `${path} ${value}`;
      if (!ONE_LIMIT.test(expected)) wholes.set(place, expected);
      return wholes.get(place) ?? expected;
    })
    .reverse();
}

/** Each text that was expected stands once; a report has its parts one after the other, without typia's advice, which nobody is shown. Throws where nothing of this is found: typia writes otherwise by now. */
export function shortReports(text: string): string {
  const names = new Map<string, string>();
  const nameOf = (expected: string): string => {
    const name = names.get(expected) ?? `_expected${names.size}`;
    names.set(expected, name);
    return name;
  };
  const expected = wholeTypes(text);
  let count = 0;
  const short = text
    .replace(REPORT, (_, isReported, path, __, value) => {
      return `_report(${isReported}, ${path}, ${nameOf(expected[count++] as string)}, ${value})`;
    })
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
