import type { Dictionary } from '../language.ts'

/** Pages and messages about SAML. */
export const samlInGerman: Dictionary = {
  // Administration
  'SAML for {name}': 'SAML für {name}',
  'For an app that speaks SAML 2.0 and not OpenID Connect: it sends its users here, and learns who they are. Users who are signed in need no form.':
    'Für eine App, die SAML 2.0 spricht und nicht OpenID Connect: Sie schickt ihre Benutzer hierher und erfährt, wer sie sind. Wer angemeldet ist, braucht kein Formular.',
  'Metadata, and entity ID': 'Metadaten und Entity-ID',
  'Sign-in (SSO)': 'Anmeldung (SSO)',
  'Sign-out (SLO)': 'Abmeldung (SLO)',
  'Sign-in that begins here': 'Anmeldung, die hier beginnt',
  'Entity ID of the app': 'Entity-ID der App',
  'Give the app our metadata: it contains these addresses and our certificate.':
    'Geben Sie der App unsere Metadaten: Sie enthalten diese Adressen und unser Zertifikat.',
  'Metadata of the app': 'Metadaten der App',
  'Paste its XML. It fills in the addresses and certificates below, and takes precedence over what is there. Without it, fill them in by hand.':
    'Fügen Sie das XML ein. Es füllt die Adressen und Zertifikate unten aus und hat Vorrang vor dem, was dort steht. Ohne Metadaten füllen Sie die Felder von Hand aus.',
  'File with the metadata': 'Datei mit den Metadaten',
  'Its XML replaces what is in the field above.': 'Ihr XML ersetzt, was im Feld darüber steht.',
  '“{file}” is in the field above now. Nothing is saved yet.':
    '„{file}“ steht jetzt im Feld darüber. Gespeichert ist noch nichts.',
  '“{file}” is too large. Choose the metadata of one service provider alone.':
    '„{file}“ ist zu groß. Wählen Sie nur die Metadaten dieses einen Service-Providers.',
  '“{file}” is not XML. Choose the file that the app offers as its metadata.':
    '„{file}“ ist kein XML. Wählen Sie die Datei, die die App als ihre Metadaten anbietet.',
  '“{file}” is not the metadata of a service provider: it has no EntityDescriptor. Choose the file that the app offers as its metadata.':
    '„{file}“ sind keine Metadaten eines Service-Providers: Es fehlt ein EntityDescriptor. Wählen Sie die Datei, die die App als ihre Metadaten anbietet.',
  '“{file}” can’t be read. Choose it again.':
    '„{file}“ lässt sich nicht lesen. Wählen Sie die Datei noch einmal.',
  'Addresses for responses (ACS)': 'Adressen für Antworten (ACS)',
  'Where the browser delivers our responses, exactly as the app names them; the first one is the default. Separate several with spaces.':
    'Wohin der Browser unsere Antworten bringt, genau so, wie die App es angibt. Die erste Adresse ist der Standard. Trennen Sie mehrere durch Leerzeichen.',
  'Address for sign-outs (SLO)': 'Adresse für Abmeldungen (SLO)',
  'How messages about sign-outs are sent': 'Wie Nachrichten über Abmeldungen übertragen werden',
  'In the address (HTTP-Redirect)': 'In der Adresse (HTTP-Redirect)',
  'In a form (HTTP-POST)': 'In einem Formular (HTTP-POST)',
  'Another address for responses to sign-outs': 'Andere Adresse für Antworten auf Abmeldungen',
  'Address for sign-outs without a browser (SLO by SOAP)':
    'Adresse für Abmeldungen ohne Browser (SLO über SOAP)',
  'This service sends its messages there itself, so that sign-outs everywhere and by administrators reach the app. The browser does not visit the app then.':
    'Dorthin schickt dieser Dienst seine Nachrichten selbst, sodass auch das Abmelden auf allen Geräten und durch die Administration die App erreicht. Der Browser besucht die App dann nicht.',
  'Certificates with which the app signs': 'Zertifikate, mit denen die App signiert',
  'As PEM. Enter two while the app changes its key.':
    'Als PEM. Geben Sie zwei ein, während die App ihren Schlüssel wechselt.',
  'Certificate for which assertions are encrypted': 'Zertifikat, mit dem Assertions verschlüsselt werden',
  'As PEM. Without it, the first one above is used.': 'Als PEM. Ohne Angabe gilt das erste von oben.',
  'How the app identifies a user (NameID)': 'Woran die App einen Benutzer erkennt (NameID)',
  'A permanent identifier, the same everywhere (persistent)':
    'Eine dauerhafte Kennung, überall dieselbe (persistent)',
  'The email address (emailAddress)': 'Die E-Mail-Adresse (emailAddress)',
  'Another one in each session (transient)': 'In jeder Sitzung eine andere (transient)',
  'Refuse requests without a signature': 'Anfragen ohne Signatur ablehnen',
  'Choose this if the app signs its requests.': 'Wählen Sie das, wenn die App ihre Anfragen signiert.',
  'Encrypt assertions': 'Assertions verschlüsseln',
  'What the app learns is then hidden from the browser, too.':
    'Was die App erfährt, bleibt dann auch dem Browser verborgen.',
  'Start from the account page': 'Von der Kontoseite aus starten',
  'Its link there begins a sign-in without a request of the app (IdP-initiated).':
    'Ihr Link dort beginnt eine Anmeldung ohne Anfrage der App (IdP-initiated).',
  'Remove SAML from {name}': 'SAML von {name} entfernen',
  'This app no longer signs users in by SAML.': 'Diese App meldet niemanden mehr über SAML an.',

  // Input
  'Choose one of: {choices}.': 'Erlaubt sind: {choices}.',
  '“{url}” is not an address like https://app.example.com/saml.':
    '„{url}“ ist keine Adresse wie https://app.example.com/saml.',
  'Enter the entity ID of the app, exactly as the app names it, e.g. https://app.example.com/saml/metadata.':
    'Geben Sie die Entity-ID der App ein, genau so, wie die App sie nennt, z. B. https://app.example.com/saml/metadata.',
  'Enter at least one address for responses (ACS) that takes HTTP-POST, e.g. https://app.example.com/saml/acs.':
    'Geben Sie mindestens eine Adresse für Antworten (ACS) ein, die HTTP-POST annimmt, z. B. https://app.example.com/saml/acs.',
  'Each of these addresses needs an index of its own, at most 65535.':
    'Jede dieser Adressen braucht einen eigenen Index, höchstens 65535.',
  'Enter the certificate with which the app signs: without it, no signed request can be verified.':
    'Geben Sie das Zertifikat ein, mit dem die App signiert: Ohne Zertifikat lässt sich keine signierte Anfrage prüfen.',
  'Enter the certificate for which assertions are encrypted.':
    'Geben Sie das Zertifikat ein, mit dem Assertions verschlüsselt werden.',
  'This entity ID is already registered for {app}.': 'Diese Entity-ID ist schon für {app} registriert.',
  'Enter at most {count} certificates.': 'Geben Sie höchstens {count} Zertifikate ein.',
  'This is not an X.509 certificate. Paste it with its lines BEGIN CERTIFICATE and END CERTIFICATE.':
    'Das ist kein X.509-Zertifikat. Fügen Sie es mit den Zeilen BEGIN CERTIFICATE und END CERTIFICATE ein.',
  'Use a certificate with an RSA key of at least {bits} bits.':
    'Verwenden Sie ein Zertifikat mit einem RSA-Schlüssel von mindestens {bits} Bit.',
  'This is not the metadata of a service provider. Paste its XML, which begins with <EntityDescriptor.':
    'Das sind keine Metadaten eines Service-Providers. Fügen Sie ihr XML ein, das mit <EntityDescriptor beginnt.',
  'This XML is too long. Paste the metadata of one service provider alone.':
    'Dieses XML ist zu lang. Fügen Sie nur die Metadaten dieses einen Service-Providers ein.',
  'This XML describes several services. Paste the EntityDescriptor of this service provider alone.':
    'Dieses XML beschreibt mehrere Dienste. Fügen Sie nur den EntityDescriptor dieses Service-Providers ein.',
  'This metadata describes no service provider of SAML 2.0: it has no SPSSODescriptor. Is it that of an identity provider?':
    'Diese Metadaten beschreiben keinen Service-Provider von SAML 2.0: Ihnen fehlt ein SPSSODescriptor. Sind es die eines Identity-Providers?',

  // History
  'SAML settings of an app changed': 'SAML-Einstellungen einer App geändert',
  'SAML settings of an app removed': 'SAML-Einstellungen einer App entfernt',
  'Next SAML key created': 'Nächster SAML-Schlüssel erzeugt',
  'SAML key replaced': 'SAML-Schlüssel gewechselt',
  'SAML key removed': 'SAML-Schlüssel entfernt',
  'address for responses to sign-outs': 'Adresse für Antworten auf Abmeldungen',
  'address for sign-outs by SOAP': 'Adresse für Abmeldungen über SOAP',
  'binding for sign-outs': 'Binding für Abmeldungen',
  'certificate for encryption': 'Zertifikat zum Verschlüsseln',
  certificates: 'Zertifikate',
  'encrypted assertions': 'verschlüsselte Assertions',
  'entity ID': 'Entity-ID',
  NameID: 'NameID',
  'signed requests only': 'nur signierte Anfragen',
  'starts from the account page': 'Start von der Kontoseite',
}
