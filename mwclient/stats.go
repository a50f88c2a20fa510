package mwclient

// Endpoint names what a request asks for, in Stats.
type Endpoint string

// Endpoints.
const (
	EndpointPage           Endpoint = "page" // a page's HTML
	EndpointSiteInfo       Endpoint = "siteinfo"
	EndpointSites          Endpoint = "sitematrix"
	EndpointEvent          Endpoint = "event"
	EndpointParticipants   Endpoint = "participants"
	EndpointOrganizers     Endpoint = "organizers"
	EndpointGlobalUsers    Endpoint = "globalusers"
	EndpointGlobalUserInfo Endpoint = "globaluserinfo"
	EndpointUsers          Endpoint = "users"
	EndpointContributions  Endpoint = "usercontribs"
)

// Counts are what was asked of a wiki and what came back.
type Counts struct {
	Requests  int64 // sent, tries again and redirects among them
	Rows      int64 // participants, organizers, accounts, contributions or sites received
	Retries   int64 // requests that were a try again
	Throttled int64 // answers that asked for patience: 429, 503, maxlag, ratelimited
	Bytes     int64 // of the answers' bodies, after decompression
}

// Stats says what a client has done so far. Wikis are named by database name
// where it is known, by host elsewhere.
type Stats struct {
	Total Counts
	Wikis map[string]map[Endpoint]Counts
}
