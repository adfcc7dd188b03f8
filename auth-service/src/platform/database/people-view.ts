/** The view that apps read with `authDatabase()` of the middleware; a migration creates it. */
export const PEOPLE_VIEW = 'latchkey_people'
