import type { PropsWithChildren } from 'hono/jsx'
import type { Message } from '../../platform/i18n/message.ts'
import { useTranslation } from './translate.tsx'

interface ChoicesProps {
  readonly legend: string
  readonly name: string
  readonly error?: Message | undefined
}

/** Checkboxes under one question, with an error about all of them, connected for screen readers. */
export const Choices = ({ legend, name, error, children }: PropsWithChildren<ChoicesProps>) => {
  const t = useTranslation()
  return (
    <fieldset class="field" aria-describedby={error ? `${name}-error` : undefined}>
      <legend>{legend}</legend>
      {children}
      {error && (
        <p class="error" id={`${name}-error`}>
          {t(error)}
        </p>
      )}
    </fieldset>
  )
}
