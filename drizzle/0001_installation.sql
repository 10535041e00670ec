-- The epoch that marks this database's cursors is drawn once, here: eight hexadecimal digits.
INSERT INTO `installation` (`id`, `epoch`, `directory_version`, `pruned_through`, `deletions`)
VALUES (1, lower(hex(randomblob(4))), 0, 0, 0);
