#!/usr/bin/env node
import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import { keepCompiledCode } from './platform/process/compile-cache.ts'

const problem = nodeVersionProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exit(1)
}

keepCompiledCode()
// Not earlier: on an older Node, some modules fail to parse or to load.
const { run } = await import('./cli/run.ts')
process.exitCode = await run(process.argv.slice(2), process.env)
