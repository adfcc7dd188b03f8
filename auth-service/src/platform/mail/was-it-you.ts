import type { Writing } from './mail-template.ts'
import type { Part } from './parts.ts'
import { type DeviceFacts, deviceWithPlace } from './with-place.ts'

/** When and on which device an account was changed. */
export interface Traces extends DeviceFacts {
  /** In seconds. */
  readonly at: number
}

/** Lets the owner of an account recognise their own action, and says what to do otherwise. */
export function wasItYou(traces: Traces, writing: Writing): Part[] {
  const { language, sender } = writing
  const { say, moment } = language
  return [
    {
      facts: [
        [say('When'), moment(traces.at)],
        [say('Device'), deviceWithPlace(traces, writing)],
      ],
    },
    say('If this was you, you do not need to do anything.'),
    say('If this was not you, choose a new password now. This signs out all devices:'),
    { link: `${sender.authUrl}/password/forgot`, label: say('Choose a new password') },
  ]
}
