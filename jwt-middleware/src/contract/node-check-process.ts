import { refuseOldNode } from './node-version.ts'

/** @throws LatchkeyError `unsupported_node` */
export const checkNode = (): void => refuseOldNode(globalThis.process?.versions?.node)
