import { adminInGerman } from './de/admin.ts'
import { mailsInGerman } from './de/mails.ts'
import { pagesInGerman } from './de/pages.ts'
import type { Dictionary } from './language.ts'

/** German, with the formal «Sie». */
export const german: Dictionary = { ...pagesInGerman, ...adminInGerman, ...mailsInGerman }
