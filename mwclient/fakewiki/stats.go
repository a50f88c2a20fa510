package fakewiki

// Stats counts what was asked of the farm.
type Stats struct {
	Requests    int // answered or struck by a fault
	Rows        int // list elements served
	Faults      int // strikes
	MaxInFlight int // the most requests at one time
	Wikis       map[string]WikiStats
	UserAgents  map[string]int // requests by User-Agent
}

// WikiStats counts what was asked of one wiki.
type WikiStats struct {
	Requests    int
	Rows        int
	Faults      int
	MaxInFlight int
	Endpoints   map[string]int // requests by endpoint
}

// Endpoints: the names by which requests are counted and rules are limited. A
// request for several modules counts under the first of them in this order.
const (
	EndpointUserContribs   = "usercontribs"
	EndpointLogEvents      = "logevents"
	EndpointGlobalUsers    = "globalusers"
	EndpointGlobalUserInfo = "globaluserinfo"
	EndpointUsers          = "users"
	EndpointSiteInfo       = "siteinfo"
	EndpointUserInfo       = "userinfo"
	EndpointSiteMatrix     = "sitematrix"
	EndpointParse          = "parse"
	EndpointCategory       = "categorymembers" // and what else is asked of files and categories
	EndpointAPI            = "api"             // any other call of the Action API
	EndpointEvent          = "event"
	EndpointParticipants   = "participants"
	EndpointOrganizers     = "organizers"
	EndpointREST           = "rest" // any other call of the REST API
	EndpointPage           = "page" // HTML
	// Of OAuth 2.
	EndpointAuthorize = "authorize"
	EndpointToken     = "access_token"
	EndpointProfile   = "profile"
)
