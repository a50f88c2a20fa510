package main

// What things cost, as measured on two virtual cores (AMD EPYC) that were shared
// with other work: times are too long rather than too short. Each says the command
// that measures it again.
const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30

	day    = 86_400.0
	minute = 60.0

	// docs/reports/sizing.sh: files of a database, that of a new one first. InnoDB
	// makes tables larger by up to 4 MiB at a time, and its pages are half full.
	sqliteNew, sqliteCampaign, sqlitePerson, sqliteEdit     = 200 * kib, 66 * kib, 0.42 * kib, 3.0
	mariadbNew, mariadbCampaign, mariadbPerson, mariadbEdit = 28 * mib, 66 * kib, 1.25 * kib, 4.5
	// docs/reports/sizing.sh: a cohort in memory.
	cohortPerson, cohortEdit = 155.0, 6.0

	// How many come with one request: the list of an event, accounts, people whose
	// contributions are asked for together, contributions. TestArithmetic holds the
	// program against them.
	listPage, accountPage, batch, contributionPage = 20.0, 50.0, 50.0, 500.0

	// docs/reports/resources.sh: 1.9 s of processor for 829 requests, 150,000 edits.
	refreshCPU = 1.9 / 829
	// docs/reports/refresh.sh: 1.6 s for 10⁷ edits from SQLite; MariaDB is alike.
	loadCPU = 1.6e-7
	// docs/reports/resources.sh: of a chart drawn anew, and of one from memory.
	drawCPU, memoryCPU = 0.5e-3, 0.03e-3
	// docs/reports/replica.md: rows of one connection to a replica.
	replicaRows = 230_000.0
	// go test -run '^$' -bench ManyCampaigns ./service/store: of MariaDB, for one of
	// 20,000 campaigns: the figures that each serve exports, and a search by title.
	overviewTime, searchTime = 30e-3 / 20_000, 100e-3 / 20_000
)

// Limits that are others'.
const (
	// https://www.mediawiki.org/wiki/Wikimedia_APIs/Rate_limits: requests a minute of a
	// client that says who it is, and of an established account's token.
	anonymousRate, tokenRate = 200.0, 2000.0
	// Three requests in flight, 100 ms each. https://www.mediawiki.org/wiki/API:Etiquette
	flightRate = 3 / 0.1 * minute
	// MariaDB's max_connections, and what each process opens at most.
	connections, connectionsEach = 151.0, 10.0
	// overviewEvery is how often a serve reads its figures, in seconds.
	overviewEvery = 5.0
)
