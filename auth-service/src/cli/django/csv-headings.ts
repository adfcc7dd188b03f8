import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

/** Column names used elsewhere: by Django's admin in English and German, Excel, and other programs. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  id: ['pk'],
  username: ['user_name', 'user', 'login', 'benutzername', 'benutzer'],
  email: [
    'e_mail',
    'mail',
    'email_address',
    'e_mail_address',
    'emailaddress',
    'e_mail_adresse',
    'email_adresse',
  ],
  password: ['passwort', 'password_hash'],
  first_name: ['firstname', 'given_name', 'vorname'],
  last_name: ['lastname', 'surname', 'family_name', 'nachname', 'familienname'],
  is_active: ['active', 'aktiv'],
  is_staff: ['staff', 'staff_status', 'mitarbeiter_status'],
  is_superuser: ['superuser', 'superuser_status', 'administrator_status'],
  date_joined: ['joined', 'mitglied_seit'],
  last_login: ['letzte_anmeldung'],
  groups: ['group', 'gruppen'],
}

const FIELDS = new Map(
  Object.entries(ALIASES).flatMap(([field, aliases]) =>
    [field, ...aliases].map((name): [string, string] => [name, field]),
  ),
)

/** The fields in the columns; unknown names stay unchanged. Two columns for one field are rejected. */
export function readHeadings(cells: readonly string[]): Result<readonly string[], string> {
  const fields = cells.map((cell) => {
    const name = normalised(cell)
    return FIELDS.get(name) ?? name
  })
  const twice = fields.findIndex((field, index) => FIELDS.has(field) && fields.indexOf(field) < index)
  if (twice === -1) return success(fields)
  const [one, other] = [cells[fields.indexOf(fields[twice] ?? '')], cells[twice]]
  return failure(`The columns "${one}" and "${other}" both contain the ${fields[twice]}. Remove one of them.`)
}

/** `E-Mail` and `e mail` become `e_mail`. */
const normalised = (heading: string): string =>
  heading
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_|_$/g, '')

/** The headings that name no field, as written. */
export const unknownHeadings = (cells: readonly string[]): string[] =>
  cells.filter((cell) => !FIELDS.has(normalised(cell))).map((cell) => cell.trim())

/** The names of all fields, for messages. */
export const FIELD_NAMES: readonly string[] = Object.keys(ALIASES)
