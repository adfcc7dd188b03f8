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
const { run } = await import('./commands/run.ts')
process.exitCode = await run(process.argv.slice(2), process.env)
