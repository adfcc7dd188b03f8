/** The migrations of `drizzle/app`. Written by `npm run migrations`. */
export const SHIPPED_SQL = {
  users: {
    sqlite: [
      {
        when: 1795298783065,
        sql: "CREATE TABLE `latchkey_users` (\n\t`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n\t`uuid` text NOT NULL,\n\t`email` text DEFAULT '' NOT NULL,\n\t`first_name` text DEFAULT '' NOT NULL,\n\t`last_name` text DEFAULT '' NOT NULL,\n\t`is_staff` integer DEFAULT false NOT NULL,\n\t`is_superuser` integer DEFAULT false NOT NULL,\n\t`is_active` integer DEFAULT true NOT NULL,\n\t`token_iat` integer DEFAULT -1 NOT NULL,\n\t`created_at` integer DEFAULT (unixepoch()) NOT NULL,\n\t`updated_at` integer DEFAULT (unixepoch()) NOT NULL\n);\n--> statement-breakpoint\nCREATE UNIQUE INDEX `latchkey_users_uuid_unique` ON `latchkey_users` (`uuid`);",
      },
      {
        when: 1796029866800,
        sql: 'ALTER TABLE `latchkey_users` ADD `token_version` integer DEFAULT 0 NOT NULL;',
      },
    ],
    postgres: [
      {
        when: 1795298784047,
        sql: 'CREATE TABLE "latchkey_users" (\n\t"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "latchkey_users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),\n\t"uuid" text NOT NULL,\n\t"email" text DEFAULT \'\' NOT NULL,\n\t"first_name" text DEFAULT \'\' NOT NULL,\n\t"last_name" text DEFAULT \'\' NOT NULL,\n\t"is_staff" boolean DEFAULT false NOT NULL,\n\t"is_superuser" boolean DEFAULT false NOT NULL,\n\t"is_active" boolean DEFAULT true NOT NULL,\n\t"token_iat" bigint DEFAULT -1 NOT NULL,\n\t"created_at" bigint DEFAULT (extract(epoch from now())::bigint) NOT NULL,\n\t"updated_at" bigint DEFAULT (extract(epoch from now())::bigint) NOT NULL,\n\tCONSTRAINT "latchkey_users_uuid_unique" UNIQUE("uuid")\n);\n',
      },
      {
        when: 1796029861322,
        sql: 'ALTER TABLE "latchkey_users" ADD COLUMN "token_version" bigint DEFAULT 0 NOT NULL;',
      },
    ],
  },
  state: {
    sqlite: [
      {
        when: 1795303580402,
        sql: 'CREATE TABLE `latchkey_state` (\n\t`name` text PRIMARY KEY NOT NULL,\n\t`value` text NOT NULL\n);\n',
      },
    ],
    postgres: [
      {
        when: 1795303583904,
        sql: 'CREATE TABLE "latchkey_state" (\n\t"name" text PRIMARY KEY NOT NULL,\n\t"value" text NOT NULL\n);\n',
      },
    ],
  },
}
