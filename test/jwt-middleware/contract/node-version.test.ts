import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import { expect, it } from 'vitest'

it.each(['22.14.0', '22.20.1', '24.0.0', '25.1.0-nightly', process.versions.node])(
  'Node %s is accepted',
  (version) => {
    expect(nodeVersionProblem(version)).toBeNull()
  },
)

it.each(['22.13.1', '22.12.0', '20.19.0', '18.0.0', '0.12.0'])(
  'Node %s is too old, and the error is one line',
  (version) => {
    expect(nodeVersionProblem(version)).toMatch(new RegExp(`^Latchkey needs Node 22\\.14 .*${version}.*\\.$`))
  },
)
