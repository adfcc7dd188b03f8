import { fileURLToPath } from 'node:url'
import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import { type Control, openControl } from './control.ts'
import { createFamily, type Family, type Member, withCredentials, withSettings } from './family.ts'
import { PEOPLE } from './people.ts'
import { type Running, startMember } from './processes.ts'
import { choosePorts } from './settings.ts'

const FOLDER = fileURLToPath(new URL('../../../.demo', import.meta.url))

/** How long the tour stops the auth service, in ms. */
const PAUSE = 20_000

const running = new Map<Member, Running>()
let control: Control | null = null
let pause: Promise<number> | null = null
let stopping = false

/** Starts a member; the demo ends if it ends by itself. */
function start(member: Member): Promise<void> {
  const process = startMember(member)
  running.set(member, process)
  void process.ended.then(() => {
    if (running.get(member) !== process || stopping) return
    console.error(`${member.name} has ended. Stopping the others.`)
    fail()
  })
  return process.listening
}

let fail = () => {}
const failed = new Promise<void>((resolve) => {
  fail = () => {
    process.exitCode = 1
    resolve()
  }
})

/** Stops the auth service, unless it is stopped already. Once it is, resolves to when it starts again, in ms since 1970. */
async function pauseAuth(auth: Member): Promise<{ until: number; isNew: boolean }> {
  const isNew = pause === null
  pause ??= stopForAWhile(auth)
  return { until: await pause, isNew }
}

async function stopForAWhile(auth: Member): Promise<number> {
  const process = running.get(auth)
  running.delete(auth)
  await process?.stop()
  console.log(`The tour stopped the auth service. It starts again in ${PAUSE / 1000} s.`)
  setTimeout(async () => {
    // Until it listens: stopping it while it starts would look as if it had failed.
    if (!stopping) await start(auth).catch(fail)
    pause = null
  }, PAUSE).unref()
  return Date.now() + PAUSE
}

async function stopAll(): Promise<void> {
  if (stopping) return
  stopping = true
  await Promise.all([...running.values()].map((member) => member.stop()))
  await control?.close()
}

function greet({ auth, notes, teamBoard, guestBook, supplier }: Family, folder: string): void {
  const seconds = (performance.now() / 1000).toFixed(1)
  const people = PEOPLE.map(({ email, password, isSuperuser }) => {
    return `    ${email.padEnd(22)}${password.padEnd(18)}${isSuperuser ? 'superuser (and staff)' : 'a user'}`
  })
  console.log(`
  The demo family is ready (${seconds} s).

    ${'Notes'.padEnd(14)}${notes.url}/notes
    ${'Team board'.padEnd(14)}${teamBoard.url}/
    ${'Staff only'.padEnd(14)}${teamBoard.url}/staff
    ${'Guest book'.padEnd(14)}${guestBook.url}/write   (another domain, by OpenID Connect)
    ${'Supplier'.padEnd(14)}${supplier.url}/   (another domain, by SAML)
    ${'Your account'.padEnd(14)}${auth.url}/account
    ${'Inbox'.padEnd(14)}${auth.url}/mailbox

  On a device without a browser: npm run demo:terminal signs in with a code.

  Sign in as one of these, or create an account of your own:

${people.join('\n')}

  The data is in ${folder}. Press Ctrl-C to end them all.
`)
}

async function main(): Promise<void> {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem) throw new Error(problem)
  console.log('Starting the auth service, the notes, the team board, the guest book and the supplier …')
  const folder = process.env.DEMO_FOLDER || FOLDER
  const family = createFamily(folder, await choosePorts(process.env.DEMO_PORTS))
  control = await openControl({ family, pauseAuth: () => pauseAuth(family.auth) })
  const { env } = control
  const toured = (app: Member): Member => withSettings(app, env)
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => void stopAll().then(resolve))
    }
  })

  // First, since the apps follow its feed from their start, and it issues their credentials.
  await start(family.auth)
  if (stopping) return
  const { notes, teamBoard, guestBook, supplier } = family
  await Promise.all([
    ...[notes, withCredentials(teamBoard, folder)].map(toured).map(start),
    start(withCredentials(guestBook, folder)),
    start(supplier),
  ])
  if (!stopping) greet(family, folder)
  await Promise.race([failed, stopped])
}

main()
  .catch((error: Error) => {
    if (stopping) return
    console.error(error.message)
    process.exitCode = 1
  })
  .finally(stopAll)
