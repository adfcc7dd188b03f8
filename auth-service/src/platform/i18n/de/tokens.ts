import type { Dictionary } from '../language.ts'

/** API tokens, credentials and permissions of apps. */
export const tokensInGerman: Dictionary = {
  // Input
  'Choose at least one app.': 'Wählen Sie mindestens eine App.',
  'Choose permissions from the list.': 'Wählen Sie Berechtigungen aus der Liste.',
  'Choose when the token expires: 30d, 90d, 1y, never, or a date like 2030-12-31.':
    'Wählen Sie, wann das Token abläuft: 30d, 90d, 1y, never oder ein Datum wie 2030-12-31.',
  'This date is in the past.': 'Dieses Datum liegt in der Vergangenheit.',
  'Tokens live for at most {days} {days:day|days} here. Choose an earlier date.':
    'Tokens gelten hier höchstens {days} {days:Tag|Tage}. Wählen Sie ein früheres Datum.',
  'There is no app “{app}”. Choose registered apps.':
    'Es gibt keine App „{app}“. Wählen Sie registrierte Apps.',
  'None of the chosen apps has the permission “{scope}”.':
    'Keine der gewählten Apps hat die Berechtigung „{scope}“.',
  'You have {count} API tokens, which is the limit. Revoke one that you no longer use.':
    'Sie haben {count} API-Tokens, mehr sind nicht möglich. Widerrufen Sie eines, das Sie nicht mehr brauchen.',
  'This account is disabled.': 'Dieses Konto ist deaktiviert.',
  'Use letters, digits and . _ : / - in names of permissions.':
    'Verwenden Sie in Namen von Berechtigungen Buchstaben, Ziffern und . _ : / -.',
  'Send a list of permissions, each with a name.':
    'Senden Sie eine Liste von Berechtigungen, jede mit einem Namen.',
  'An app can have at most {count} permissions.': 'Eine App kann höchstens {count} Berechtigungen haben.',
  'Two permissions have the same name.': 'Zwei Berechtigungen haben denselben Namen.',
}
