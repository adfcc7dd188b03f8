import type * as InProcess from './node-check-process.ts'

export const checkNode: typeof InProcess.checkNode = () => {}
