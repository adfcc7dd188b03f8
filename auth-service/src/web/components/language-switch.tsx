import { createContext, useContext } from 'hono/jsx'
import { LANGUAGES } from '../../platform/i18n/languages.ts'
import type { Switch } from '../middleware/accept-language.ts'
import { PostForm } from './form.tsx'
import { useLanguage, useTranslation } from './translate.tsx'

const SwitchContext = createContext<Switch | null>(null)

/** Marks content that is available in another language. */
export const LanguageSwitchProvider = SwitchContext.Provider

/** Switches the language of this page and every later one. Its form needs no token, and so no cookie. */
export const LanguageSwitch = () => {
  const t = useTranslation()
  const { code: spoken } = useLanguage()
  const given = useContext(SwitchContext)
  if (given === null) return null
  return (
    <section class="languages" aria-label={t('Language')}>
      <PostForm action="/language" harmless>
        {given.from !== null && <input type="hidden" name="from" value={given.from} />}
        {given.kept !== null && <input type="hidden" name="sealed" value={given.kept} />}
        {LANGUAGES.map(({ code, name }) => (
          <button
            type="submit"
            name="language"
            value={code}
            lang={code}
            aria-current={code === spoken ? 'true' : undefined}
          >
            {name}
          </button>
        ))}
      </PostForm>
    </section>
  )
}
