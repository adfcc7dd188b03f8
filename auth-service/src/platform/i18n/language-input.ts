import * as v from 'valibot'
import { says } from '../validation/input.ts'
import { LANGUAGES } from './languages.ts'
import { message } from './message.ts'

const CODES = LANGUAGES.map(({ code }) => code)

/** The chosen language. */
export const languageInput = v.object({
  language: v.picklist(CODES, says(message('Must be one of: {codes}.', { codes: CODES.join(', ') }))),
})
