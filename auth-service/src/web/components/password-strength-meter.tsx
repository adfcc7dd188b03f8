import { message } from '../../platform/i18n/message.ts'
import { assetUrl } from '../middleware/assets.ts'
import { useTranslation } from './translate.tsx'

/** The labels for a password that is too short, and for four levels of strength. */
const WORDS = [
  message('Too short so far'),
  message('Weak: easy to guess'),
  message('Fair: one more word would help'),
  message('Good'),
  message('Strong: hard to guess'),
]

interface PasswordStrengthProps {
  /** Id of the field in the same form. */
  readonly of: string
  /** Minimum number of characters of a password. */
  readonly minimum: number
}

/** Shows the strength of a password while it is typed, if scripts run; nothing else depends on it. */
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
