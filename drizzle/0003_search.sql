-- Full text: an index without a copy of the texts. `account` and `sender` hold one token each, so that a search
-- never looks at another account's messages. It follows the messages in the background (indexed_through).
CREATE VIRTUAL TABLE `messages_search` USING fts5(account, sender, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
