import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { passwordProblem } from '../../accounts/passwords/policy.ts'
import { OPERATOR } from '../../events/audit-log.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Message } from '../../platform/i18n/message.ts'
import { normalizeEmail } from '../../platform/validation/email-address.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { cleanedName, emailProblem, nameProblem } from '../../platform/validation/validators.ts'
import type { Service } from '../../service.ts'
import type { Given, ServiceCommand } from '../command.ts'
import type { Terminal } from '../terminal.ts'

/** The environment variable with the password, since other users can see the arguments of a process. */
const VARIABLE = 'LATCHKEY_SUPERUSER_PASSWORD'

export const createsuperuser: ServiceCommand = {
  usage: '[--email EMAIL] [--first-name NAME] [--last-name NAME] [--password-stdin]',
  summary: `creates a superuser; asks for missing values, and reads the password from ${VARIABLE} if it is set`,
  operands: 0,
  options: {
    email: { type: 'string' },
    'first-name': { type: 'string' },
    'last-name': { type: 'string' },
    'password-stdin': { type: 'boolean' },
  },
  async run(service, given, terminal) {
    const person = await askForPerson(service, given, terminal)
    if (!person.ok) return person
    const { email } = person.value
    const password = await askForPassword(service, given, terminal, person.value)
    if (!password.ok) return password
    const uuid = await createSuperuser(service, person.value, await service.passwords.hash(password.value))
    if (uuid === null) return failure(taken(email))
    return success(
      `Created the superuser ${email} with the ID ${uuid}. Sign in at ${service.config.authUrl}/login`,
    )
  },
}

/** Creates a superuser with this password hash, and returns its uuid; `null` if the email is taken. */
export async function createSuperuser(
  service: Service,
  person: Person,
  password: string,
): Promise<string | null> {
  const created = await service.users.create({
    ...person,
    password,
    isStaff: true,
    isSuperuser: true,
    // The operator confirms the address.
    emailVerifiedAt: unixTime(service.now),
  })
  if (!created.ok) return null
  const { uuid } = created.value
  const rights = { is_staff: true, is_superuser: true }
  const { uuid: actor, device } = OPERATOR
  await service.audit.record({
    event: 'registered',
    subject: uuid,
    actor,
    sid: null,
    device,
    details: rights,
  })
  return uuid
}

interface Person {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

async function askForPerson(
  service: Service,
  given: Given,
  terminal: Terminal,
): Promise<Result<Person, string>> {
  const option = (name: string) => given.options[name] as string | undefined
  const problemOfEmail = async (email: string) =>
    emailProblem(email) ?? ((await service.users.findByEmail(email)) ? taken(email) : undefined)
  const email = await readOption(option('email'), 'Email:', '--email', problemOfEmail, terminal)
  if (!email.ok) return email
  // Names are optional, so that the command need not ask for them.
  const name = (of: string, question: string) =>
    readOption(
      option(of) ?? (terminal.interactive ? undefined : ''),
      question,
      `--${of}`,
      nameProblem,
      terminal,
    )
  const firstName = await name('first-name', 'First name (optional):')
  if (!firstName.ok) return firstName
  const lastName = await name('last-name', 'Last name (optional):')
  if (!lastName.ok) return lastName
  return success({
    email: normalizeEmail(email.value),
    firstName: cleanedName(firstName.value),
    lastName: cleanedName(lastName.value),
  })
}

/** The given value if it is valid; otherwise the answer to a prompt, repeated until it is valid. */
async function readOption(
  given: string | undefined,
  question: string,
  option: string,
  problemOf: (answer: string) => Message | undefined | Promise<Message | undefined>,
  terminal: Terminal,
): Promise<Result<string, string>> {
  if (given !== undefined) {
    if (given.includes('\uFFFD')) return failure('The password contains characters that are not UTF-8.')
    const problem = await problemOf(given)
    return problem ? failure(`${option}: ${problem}`) : success(given)
  }
  if (!terminal.interactive) return failure(`Not a terminal. Pass ${option}.`)
  for (;;) {
    const answer = (await terminal.ask(question)).trim()
    const problem = await problemOf(answer)
    if (!problem) return success(answer)
    terminal.say(String(problem))
  }
}

async function askForPassword(
  { config }: Service,
  { options }: Given,
  terminal: Terminal,
  person: Person,
): Promise<Result<string, string>> {
  const problemOf = (password: string) => passwordProblem(password, person, config.passwordMinLength)
  const given = options['password-stdin']
    ? (await terminal.readInput()).replace(/\r?\n$/, '')
    : terminal.env[VARIABLE]
  if (given !== undefined) {
    const problem = problemOf(given)
    return problem ? failure(String(problem)) : success(given)
  }
  if (!terminal.interactive) {
    return failure(`Not a terminal. Set ${VARIABLE}, or pipe the password in with --password-stdin.`)
  }
  for (;;) {
    const password = await terminal.askHidden('Password:')
    const problem = problemOf(password)
    if (problem) terminal.say(String(problem))
    else if ((await terminal.askHidden('Password (again):')) === password) return success(password)
    else terminal.say('The passwords do not match.')
  }
}

const taken = (email: string): string =>
  `An account with the email ${email} already exists. To make it a superuser, run "latchkey users set-flags ${shellWord(email)} --superuser".`
