import { useTranslation } from '../../components/translate.tsx'
import { MAX_BODY } from '../../forms/body.ts'
import { assetUrl } from '../../middleware/assets.ts'

interface MetadataFileFieldProps {
  /** Id of the text field in the same form that the file is read into. */
  readonly of: string
}

/**
 * A chooser for a file with metadata, which a script reads into the text field: the file itself is not sent. Hidden
 * where no script runs.
 */
export const MetadataFileField = ({ of }: MetadataFileFieldProps) => {
  const t = useTranslation()
  const id = `${of}-file`
  return (
    <div
      class="field"
      hidden
      data-file-for={of}
      data-longest={MAX_BODY}
      data-done={t('“{file}” is in the field above now. Nothing is saved yet.')}
      data-too-large={t('“{file}” is too large. Choose the metadata of one service provider alone.')}
      data-not-xml={t('“{file}” is not XML. Choose the file that the app offers as its metadata.')}
      data-no-metadata={t(
        '“{file}” is not the metadata of a service provider: it has no EntityDescriptor. Choose the file that the app offers as its metadata.',
      )}
      data-unreadable={t('“{file}” can’t be read. Choose it again.')}
    >
      <label for={id}>
        {t('File with the metadata')}
        <span class="optional"> {t('(optional)')}</span>
      </label>
      <p class="hint" id={`${id}-hint`}>
        {t('Its XML replaces what is in the field above.')}
      </p>
      {/* Without a name, since only the text field is sent. */}
      <input
        id={id}
        type="file"
        accept=".xml,application/xml,text/xml,application/samlmetadata+xml"
        autocomplete="off"
        aria-describedby={`${id}-hint ${id}-status`}
      />
      <p class="hint" id={`${id}-status`} role="status" />
      <script type="module" src={assetUrl('metadata-file.js')} />
    </div>
  )
}
