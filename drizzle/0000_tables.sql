CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `canaries` (
	`account_id` integer PRIMARY KEY NOT NULL,
	`public_key` text NOT NULL,
	`recipient` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `answers` (
	`question_id` integer NOT NULL,
	`process` text NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`question_id`, `process`)
);
--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`user` text NOT NULL,
	`command` text NOT NULL,
	`action` text NOT NULL,
	`details` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `checkpoints` (
	`name` text PRIMARY KEY NOT NULL,
	`through` integer,
	`checked_at` integer,
	`leased_until` integer,
	`report` text
);
--> statement-breakpoint
CREATE TABLE `installation` (
	`id` integer PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL,
	`directory_version` integer NOT NULL,
	`pruned_through` integer NOT NULL,
	`looked_at` integer NOT NULL,
	`deletions` integer NOT NULL,
	`indexed_through` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `keys` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`hash` text NOT NULL,
	`start` text NOT NULL,
	`account_id` integer NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`lifetime` integer,
	`revoked_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_hash` ON `keys` (`hash`);--> statement-breakpoint
CREATE INDEX `keys_account` ON `keys` (`account_id`);--> statement-breakpoint
CREATE TABLE `media` (
	`message_id` text NOT NULL,
	`n` integer NOT NULL,
	`source_url` text NOT NULL,
	`given_sha256` text,
	`state` text NOT NULL,
	`reason` text,
	`type` text,
	`size` integer,
	`sha256` text,
	`tries` integer NOT NULL,
	`due_at` integer NOT NULL,
	PRIMARY KEY(`message_id`, `n`)
);
--> statement-breakpoint
CREATE INDEX `media_due` ON `media` (`state`,`due_at`);--> statement-breakpoint
CREATE TABLE `members` (
	`team_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`team_id`, `user_id`),
	FOREIGN KEY (`team_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `members_user` ON `members` (`user_id`,`team_id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` text NOT NULL,
	`telnyx_id` text NOT NULL,
	`account_id` integer,
	`owner_id` integer,
	`from` text NOT NULL,
	`to` text NOT NULL,
	`received_at` integer NOT NULL,
	`stored_at` integer NOT NULL,
	`keyword` text,
	`spam` integer,
	`recovered` integer,
	`subject` text,
	`cc` text,
	`media` text,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_message_id` ON `messages` (`message_id`);--> statement-breakpoint
CREATE INDEX `messages_account` ON `messages` (`account_id`,`seq`);--> statement-breakpoint
CREATE INDEX `messages_to` ON `messages` (`to`,`account_id`,`seq`);--> statement-breakpoint
CREATE TABLE `numbers` (
	`number` text PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`active` integer NOT NULL,
	`label` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `numbers_account` ON `numbers` (`account_id`,`number`);--> statement-breakpoint
CREATE TABLE `questions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`about` text NOT NULL,
	`asked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `retentions` (
	`account_id` integer PRIMARY KEY NOT NULL,
	`keep_ms` integer NOT NULL,
	`pruned_through` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `search_spans` (
	`id` integer PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`first_seq` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`messages` integer NOT NULL,
	`tokens` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `search_spans_account` ON `search_spans` (`account_id`);--> statement-breakpoint
CREATE TABLE `tickets` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`hash` text NOT NULL,
	`key_id` integer NOT NULL,
	`to` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tickets_hash` ON `tickets` (`hash`);--> statement-breakpoint
CREATE INDEX `tickets_key` ON `tickets` (`key_id`);--> statement-breakpoint
CREATE INDEX `tickets_expires` ON `tickets` (`expires_at`);--> statement-breakpoint
CREATE TABLE `tombstones` (
	`id` blob PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `tombstones_expires` ON `tombstones` (`expires_at`);--> statement-breakpoint
CREATE TABLE `unreadable_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`hash` text NOT NULL,
	`stored_at` integer NOT NULL,
	`reason` text NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `unreadable_events_hash_unique` ON `unreadable_events` (`hash`);--> statement-breakpoint
CREATE TABLE `unrecovered` (
	`telnyx_id` text PRIMARY KEY NOT NULL,
	`to` text NOT NULL,
	`from` text NOT NULL,
	`received_at` integer,
	`reason` text NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
-- From here on by hand: what drizzle-kit does not know of.
-- What was done stays written down.
CREATE TRIGGER `audit_stays` BEFORE DELETE ON `audit` BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;--> statement-breakpoint
CREATE TRIGGER `audit_is_final` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;--> statement-breakpoint
-- Full text: what makes a token, and whose it is, is decided by src/search/tokens.ts; FTS5 only keeps lists of them.
-- ASCII's letters and digits and everything beyond ASCII are a token's, the spaces between are not.
CREATE VIRTUAL TABLE `messages_search` USING fts5(tokens, content='', contentless_delete=1, tokenize='ascii');--> statement-breakpoint
-- Small pages: into a list that spans several FTS5 can leap, and the lists of one account are short.
INSERT INTO `messages_search` (`messages_search`, `rank`) VALUES ('pgsz', 1000);--> statement-breakpoint
-- Its words, one by one: what a beginning of a word stands for.
CREATE VIRTUAL TABLE `messages_search_words` USING fts5vocab(`messages_search`, 'instance');--> statement-breakpoint
-- Its own merging comes in bursts, in which the writer does nothing else: whoever indexes merges a little each time.
INSERT INTO `messages_search` (`messages_search`, `rank`) VALUES ('automerge', 0);--> statement-breakpoint
-- The epoch that marks this database's cursors is drawn once, here: eight hexadecimal digits.
INSERT INTO `installation` (`id`, `epoch`, `directory_version`, `pruned_through`, `looked_at`, `deletions`,
  `indexed_through`)
VALUES (1, lower(hex(randomblob(4))), 0, 0, CAST(unixepoch('subsec') * 1000 AS INTEGER), 0, 0);
