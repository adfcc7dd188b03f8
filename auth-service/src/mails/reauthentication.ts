import { amountOf } from '../languages/amount.ts'
import type { Language } from '../languages/language.ts'
import type { Letter } from '../mail.ts'
import { LIFETIMES } from '../one-time-tokens.ts'
import { letter, type Sender } from './letter.ts'

/** To people without a password who change something that needs a proof of who they are. */
export function reauthenticationMail(language: Language, sender: Sender, code: string): Letter {
  const { say } = language
  return letter(
    language,
    sender,
    say('Your confirmation code'),
    say('Enter this code on the page that asked for it, to confirm that it is you:'),
    { code },
    say('It works once. It expires after: {time}.', { time: amountOf(LIFETIMES.sign_in) }),
    say(
      'If this was not you, somebody is using your account on a device where you signed in. Sign out everywhere on your account page. Tell the code to nobody, whoever asks for it.',
    ),
  )
}
