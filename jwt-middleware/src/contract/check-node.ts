// The entries import this first: the binary of the SQLite driver crashes an older Node, without a word.
import { checkNode } from '#process-or-worker/contract/node-check'

checkNode()
