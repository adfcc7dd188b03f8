// The entries import this first: the binary of the SQLite driver crashes an older Node, without a word.
import { refuseOldNode } from './node-version.ts'

refuseOldNode(globalThis.process?.versions?.node)
