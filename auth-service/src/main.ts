#!/usr/bin/env node
import { quickenImports } from './platform/process/fast-startup.ts'
import { nodeVersionProblem } from './platform/process/node-version.ts'

const problem = nodeVersionProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exit(1)
}

quickenImports()
// Not before here: what the rest loads does not even parse, or has no binary, on an older Node.
const { start } = await import('./web/server.ts')
await start(process.env)
