// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g

/** Without control characters, which no reader sees and a terminal may obey. Tabs and line ends stay. */
export function withoutControls(text: string): string {
  return text.search(controls) < 0 ? text : text.replace(controls, '')
}
