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
if (process.argv[2] === '--version') {
  const { packageVersion } = await import('./platform/process/package-version.ts')
  console.log(`latchkey-auth ${packageVersion()}`)
} else {
  const { start } = await import('./web/server.ts')
  await start(process.env)
}
