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
ALTER TABLE `installation` ADD `indexed_through` integer DEFAULT 0 NOT NULL;