-- Full text: what makes a token, and whose it is, is decided by src/messages/tokens.ts; FTS5 only keeps lists of them.
-- ASCII's letters and digits and everything beyond ASCII are a token's, the spaces between are not.
DROP TABLE `messages_search`;--> statement-breakpoint
CREATE VIRTUAL TABLE `messages_search` USING fts5(tokens, content='', contentless_delete=1, tokenize='ascii');--> statement-breakpoint
-- Small pages: into a list that spans several FTS5 can leap, and the lists of one account are short.
INSERT INTO `messages_search` (`messages_search`, `rank`) VALUES ('pgsz', 1000);--> statement-breakpoint
-- Its own merging comes in bursts, in which the writer does nothing else: whoever indexes merges a little each time.
INSERT INTO `messages_search` (`messages_search`, `rank`) VALUES ('automerge', 0);--> statement-breakpoint
UPDATE `installation` SET `indexed_through` = 0;
