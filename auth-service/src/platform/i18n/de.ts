import { accountInGerman } from './de/account.ts'
import { adminInGerman } from './de/admin.ts'
import { rulesInGerman } from './de/app-rules-texts.ts'
import { refusalsInGerman } from './de/error-pages.ts'
import { mailsInGerman } from './de/mails.ts'
import { openidConnectInGerman } from './de/openid-connect.ts'
import { pagesInGerman } from './de/pages.ts'
import { samlInGerman } from './de/saml.ts'
import { tokensInGerman } from './de/tokens.ts'
import { errorsInGerman } from './de/validation.ts'
import type { Dictionary } from './language.ts'

/** The parts of the dictionary, which share no text. */
export const GERMAN_PARTS: readonly Dictionary[] = [
  pagesInGerman,
  accountInGerman,
  errorsInGerman,
  refusalsInGerman,
  adminInGerman,
  rulesInGerman,
  mailsInGerman,
  tokensInGerman,
  openidConnectInGerman,
  samlInGerman,
]

/** German, with the formal "Sie". */
export const german: Dictionary = Object.assign({}, ...GERMAN_PARTS)
