/**
 * A value as one word of a POSIX shell, for commands that people copy: as it is if no shell reads it in another way, and
 * in single quotes otherwise (POSIX.1-2017, Shell Command Language, 2.2.2).
 */
export const shellWord = (value: string): string =>
  /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
