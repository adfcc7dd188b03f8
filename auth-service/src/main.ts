#!/usr/bin/env node
import { nodeVersionProblem } from './node-version.ts'
import { quickenImports } from './quick-imports.ts'

const problem = nodeVersionProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exit(1)
}

quickenImports()
// Not before here: what the rest loads does not even parse, or has no binary, on an older Node.
const { start } = await import('./server.ts')
await start(process.env)
