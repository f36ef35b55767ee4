"""Lists of rooms: a workbook, a text file or what was pasted in, edits of the campus out."""
