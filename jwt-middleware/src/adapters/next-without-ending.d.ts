/** Node and TypeScript find no module of this name, which has an ending for them; see next-navigation.ts. */
declare module 'next/navigation' {
  export * from 'next/navigation.js'
}
