package fakewiki

// Parts of made-up names. They are tables, never written to.
var (
	latinFirst = []string{"Amara", "Ben", "Chipo", "Dana", "Efua", "Femi", "Grace", "Hana", "Ines", "Juma",
		"Kofi", "Lena", "Maya", "Nia", "Omar", "Paula", "Quim", "Rosa", "Sade", "Tomás", "Uma", "Vera",
		"Wanjiru", "Xola", "Yemi", "Zoë", "Łukasz", "Émile", "Ñusta", "Øyvind"}
	latinLast = []string{"Achebe", "Bakker", "Castro", "Diallo", "Eze", "Fofana", "García", "Haddad", "Ibrahim",
		"Jansen", "Kamau", "Lopes", "Mensah", "Nkosi", "Okafor", "Pires", "Quist", "Rojas", "Silva", "Traoré",
		"Ueda", "Vargas", "Wambui", "Yilmaz", "Zulu", "O'Neill", "of Accra", "the Librarian"}
	latinJoin   = []string{" ", "", ".", "-"}
	arabicFirst = []string{"محمد", "فاطمة", "أحمد", "ليلى", "يوسف", "مريم", "عمر", "سارة", "خالد", "نور",
		"إبراهيم", "هدى", "حسن", "زينب", "علي", "أمينة", "طارق", "سلمى", "كريم", "رنا"}
	arabicLast = []string{"الحسن", "المصري", "التونسي", "المغربي", "السوداني", "العراقي", "اللبناني", "الجزائري",
		"بن علي", "أبو زيد", "النجار", "الخطيب", "حداد", "منصور", "سليمان", "العمري"}
	nastyNames = []string{`O'Brien "Quote" & Co`, `A+B=C 100%`, `Bobby'); DROP TABLE user;--`, `&amp`, `% s%d%n`,
		`"`, `'`, `Back\slash`, `Café (née *star*)`, `$1 \1 ^x$`, `+`, `?a=b&c=d`, `Robert''s`, `~~tilde~`,
		`Ünïcode ñame`, `-1`, `null`, `0`, `=HYPERLINK("x")`, `@cell`, `نص & "نص"`}
	otherNames = []string{"用户甲", "編集者", "사용자", "सदस्य", "ব্যবহারকারী", "Користувач", "Χρήστης", "משתמש",
		"ተጠቃሚ", "ผู้ใช้", "Người dùng", "مستخدم عربي", "کاربر", "🌍 Editor", "የአርትዖት"}
)
