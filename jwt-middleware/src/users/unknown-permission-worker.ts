import type * as InProcess from './unknown-permission-process.ts'

export const unknownPermission: typeof InProcess.unknownPermission = (name, names) =>
  `There is no permission "${name}". Add it to definePermissions(). There are: ${names.join(', ')}`
