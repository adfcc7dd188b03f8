import { message } from '../../platform/i18n/message.ts'
import { assetUrl } from '../middleware/assets.ts'
import { useTranslation } from './translate.tsx'

/** What is said of passwords that are too short, and of four that are better and better. */
const WORDS = [
  message('Too short so far'),
  message('Weak: easy to guess'),
  message('Fair: a word more would help'),
  message('Good'),
  message('Strong: hard to guess'),
]

interface PasswordStrengthProps {
  /** Id of the field, in the same form. */
  readonly of: string
  /** Fewest characters of a password. */
  readonly minimum: number
}

/** Where scripts run, says how good a password is while it is typed; nothing else depends on it. */
export const PasswordStrengthMeter = ({ of, minimum }: PasswordStrengthProps) => {
  const t = useTranslation()
  return (
    <div
      class="strength"
      data-strength-of={of}
      data-minimum={minimum}
      data-words={WORDS.map((words) => t(words)).join('|')}
    >
      <div class="strength-bar" aria-hidden="true" />
      <p role="status" aria-live="polite" />
      <script src={assetUrl('password-strength.js')} defer />
    </div>
  )
}
