import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { says } from '../platform/validation/input.ts'
import { PERMISSION_NAME } from './permission-input.ts'

/** In place of names: all permissions, those of later apps included. */
export const ALL_SCOPES = '*'

const MOST = 200
const MAX_NAME = 100
const ENTER_NAMES = message('Enter names of permissions, separated by spaces, or * for all.')

/**
 * The permissions that tokens of an app itself may have (RFC 6749, section 4.4): a list, or text with white space
 * between.
 */
export const tokenScopes = v.pipe(
  v.any(),
  v.metadata({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
  v.transform((given) => (typeof given === 'string' ? given.split(/\s+/).filter(Boolean) : given)),
  v.array(
    v.pipe(
      v.string(says(ENTER_NAMES)),
      v.maxLength(
        MAX_NAME,
        says(message('Use at most {count} {count:character|characters}.', { count: MAX_NAME })),
      ),
      v.check((name) => name === ALL_SCOPES || PERMISSION_NAME.test(name), says(ENTER_NAMES)),
    ),
    says(ENTER_NAMES),
  ),
  v.maxLength(MOST, says(message('Enter at most {count} permissions.', { count: MOST }))),
  v.transform((names): readonly string[] =>
    names.includes(ALL_SCOPES) ? [ALL_SCOPES] : [...new Set(names)].sort(),
  ),
)

/** Those of the scopes that an app may not have in a token of its own. */
export const beyondScopes = (allowed: readonly string[], scopes: readonly string[]): readonly string[] =>
  allowed.includes(ALL_SCOPES) ? [] : scopes.filter((scope) => !allowed.includes(scope))
