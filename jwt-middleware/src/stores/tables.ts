/** Creates the columns of local users in one dialect, each with its default. Times are seconds since 1970. */
export interface UserColumnKit<Id, Uuid, Text, Flag, Count, Moment> {
  /** Assigned by the database, never reused. */
  id(name: string): Id
  unique(name: string): Uuid
  /** Empty by default. */
  text(name: string): Text
  flag(name: string, byDefault: boolean): Flag
  count(name: string, byDefault: number): Count
  /** The time of the insert by default. */
  moment(name: string): Moment
}

/** Describes local users once for both dialects. */
export const describeUsers = <Id, Uuid, Text, Flag, Count, Moment>({
  id,
  unique,
  text,
  flag,
  count,
  moment,
}: UserColumnKit<Id, Uuid, Text, Flag, Count, Moment>) => ({
  id: id('id'),
  uuid: unique('uuid'),
  // Not unique: addresses move between users, and the two tokens may arrive in either order.
  email: text('email'),
  firstName: text('first_name'),
  lastName: text('last_name'),
  isStaff: flag('is_staff', false),
  isSuperuser: flag('is_superuser', false),
  /** Belongs to the app: no token changes it. */
  isActive: flag('is_active', true),
  /** `iat` of the token that last wrote the row; -1 before the first one. */
  tokenIat: count('token_iat', -1),
  /** `user_version` of that token; 0 if it has none, as with older auth services. */
  tokenVersion: count('token_version', 0),
  createdAt: moment('created_at'),
  updatedAt: moment('updated_at'),
})

/** Creates the columns of the middleware's stored state, in one dialect. */
export interface StateColumnKit<Key, Value> {
  key(name: string): Key
  value(name: string): Value
}

/** Describes that state once for both dialects. It is separate from the users, which may be in the app's own table. */
export const describeState = <Key, Value>({ key, value }: StateColumnKit<Key, Value>) => ({
  name: key('name'),
  value: value('value'),
})
