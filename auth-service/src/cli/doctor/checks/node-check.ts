import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import { type Finding, findingsOf } from '../finding.ts'

const { ok, fail } = findingsOf('Node')

/** Whether this Node can run the service. */
export function checkNode(version: string): Finding {
  const problem = nodeVersionProblem(version)
  return problem
    ? fail(`This is Node ${version}.`, problem)
    : ok(`Node ${version}, on ${process.platform} ${process.arch}.`)
}
