/** These passwords are public: they open a demo on the developer's own machine. */
export const PEOPLE = [
  {
    email: 'ada@demo.localhost',
    password: 'ada-likes-notes',
    // The hash of the password above, since hashing takes a third of a second at the first start.
    hash: 'bcrypt_sha256$$2b$12$EO023Ur8.LOfBOF9gigB7egm7n76OjV0Lqi8UgAzCKKggif5X/5va',
    firstName: 'Ada',
    lastName: 'Lovelace',
    isStaff: false,
    isSuperuser: false,
  },
  {
    email: 'grace@demo.localhost',
    password: 'grace-runs-this',
    hash: 'bcrypt_sha256$$2b$12$hwdnHjPiZK1GyA7ABDUq0ejWLBW0rlwbuRta7rvcWReM3yKpoLsl.',
    firstName: 'Grace',
    lastName: 'Hopper',
    isStaff: true,
    isSuperuser: true,
  },
] as const
