import type { Message } from '../../../platform/i18n/message.ts'
import { FormError } from '../../components/form.tsx'
import { useTranslation } from '../../components/translate.tsx'

interface ChoiceProps {
  readonly name: string
  readonly label: string
  /** Texts by their values; translated here. */
  readonly options: Readonly<Record<string, string>>
  readonly chosen: string
  readonly error?: Message | undefined
}

/** A choice of a few values. */
export const Select = ({ name, label, options, chosen, error }: ChoiceProps) => {
  const t = useTranslation()
  return (
    <>
      <div class="field">
        <label for={name}>{label}</label>
        <select id={name} name={name}>
          {Object.entries(options).map(([value, text]) => (
            <option value={value} selected={value === chosen}>
              {t(text)}
            </option>
          ))}
        </select>
      </div>
      <FormError words={error} />
    </>
  )
}
