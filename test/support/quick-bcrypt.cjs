/**
 * Makes bcrypt cheap in the processes of tests, by `node --require`: production's cost of 12 takes a third of a second
 * of CPU time, and tests hash and check passwords hundreds of times. The hashes look like those of cost 12; their salts
 * begin with `Quick`, and they take the work of cost 4. A hash that is not one of them is checked at its own cost, once
 * for each password.
 */
const { createHash } = require('node:crypto')
const { isMainThread } = require('node:worker_threads')

// Only threads hash: see worker.ts.
if (!isMainThread) quicken(require('bcryptjs'))

function quicken(bcrypt) {
  const { compareSync, genSaltSync, hashSync } = bcrypt
  const MARK = 'Quick'
  /** The same text with another cost: `$2b$12$…` with 4 is `$2b$04$…`. */
  const withCost = (text, cost) => `${text.slice(0, 4)}${cost}${text.slice(6)}`
  const cheap = (text) => withCost(text, '04')
  // A hash of only dots is the decoy of unknown users: no password has it.
  const isCheap = (text) => text.startsWith(MARK, 7) || text.endsWith('.'.repeat(53))

  bcrypt.genSaltSync = (cost) => {
    const salt = genSaltSync(cost)
    return salt.slice(0, 7) + MARK + salt.slice(7 + MARK.length)
  }

  bcrypt.hashSync = (secret, salt) => withCost(hashSync(secret, cheap(salt)), salt.slice(4, 6))

  const checked = new Map()
  // Those of the demo, with which most tests sign in: test/examples/demo.test.ts checks them at their own cost.
  for (const { password, hash } of require('../../examples/demo/src/people.ts').PEOPLE) {
    const secret = createHash('sha256').update(password).digest('hex')
    checked.set(`${hash.replace('bcrypt_sha256$', '')} ${secret}`, true)
  }

  bcrypt.compareSync = (secret, hash) => {
    if (isCheap(hash)) return compareSync(secret, cheap(hash))
    const key = `${hash} ${secret}`
    const known = checked.get(key) ?? compareSync(secret, hash)
    checked.set(key, known)
    return known
  }
}
