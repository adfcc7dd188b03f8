// The entries import this first: the binary of the SQLite driver crashes an older Node, without a word.
import { LatchkeyError } from './errors.ts'
import { nodeVersionProblem } from './node-version.ts'

const problem = nodeVersionProblem(globalThis.process?.versions?.node)
if (problem) throw new LatchkeyError('unsupported_node', problem)
