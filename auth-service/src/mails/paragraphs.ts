/** Longest line in characters (RFC 5322, section 2.1.1); an address that is longer stays whole. */
const WIDTH = 78

/** The text of a mail: its paragraphs, in lines that every program shows. */
export const paragraphs = (...texts: readonly string[]): string =>
  `${texts.map((text) => text.replace(LINES, '$1\n')).join('\n\n')}\n`

const LINES = new RegExp(`(?![^\\n]{1,${WIDTH}}$)([^\\n]{1,${WIDTH}})[ ]`, 'gm')
