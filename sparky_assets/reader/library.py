 " " " D i g e s t s ,   i n s i g h t s   a n d   m e t r i c s   o f   o n e   a u d i e n c e ,   b y   p e r i o d .   R e a d - o n l y . 
 
 R e n d e r i n g   b e l o n g s   t o   ` p a g e s / ` ,   a n d   w h o   m a y   r e a d   w h a t   t o   ` a u t h . p y ` :   t h e   c a l l e r   p a s s e s   t h e   a u d i e n c e ,   a n d   o n l y   t h e   f i l e s   o f 
 t h a t   a u d i e n c e   a r e   o p e n e d . 
 " " " 
 
 i m p o r t   t i m e 
 f r o m   c o l l e c t i o n s . a b c   i m p o r t   C a l l a b l e ,   H a s h a b l e ,   I t e r a b l e 
 f r o m   d a t a c l a s s e s   i m p o r t   d a t a c l a s s 
 f r o m   d a t e t i m e   i m p o r t   d a t e ,   d a t e t i m e 
 
 i m p o r t   p o l a r s   a s   p l 
 f r o m   c a c h e t o o l s   i m p o r t   L R U C a c h e 
 
 f r o m   r e s o u r c e s . e r r o r s   i m p o r t   S t o r a g e E r r o r 
 f r o m   r e s o u r c e s . s t o r a g e   i m p o r t   F i l e S u f f i x ,   S t o r a g e ,   T a b l e S c h e m a 
 f r o m   s p a r k y _ a s s e t s . d i g e s t s . m o d e l s   i m p o r t   ( 
         F I R S T _ E D I T I O N _ P A R T , 
         I N S I G H T _ P A R T , 
         P i c t u r e F i l e , 
         P r o d u c t , 
         P r o d u c t M a n i f e s t , 
         g e t _ s u f f i x , 
 ) 
 f r o m   s p a r k y _ a s s e t s . i n s i g h t s . m o d e l s   i m p o r t   I n s i g h t 
 f r o m   s p a r k y _ a s s e t s . m e t r i c s . m o d e l s   i m p o r t   M e t r i c s ,   M e t r i c T a b l e S p e c 
 f r o m   s p a r k y _ a s s e t s . m e t r i c s . t r e n d s   i m p o r t   L o o k b a c k 
 f r o m   s p a r k y _ a s s e t s . p e r i o d s   i m p o r t   P e r i o d ,   P e r i o d E r r o r ,   P e r i o d K i n d 
 f r o m   s p a r k y _ a s s e t s . r e a d e r . c a c h e d _ s t o r e   i m p o r t   C a c h e d S t o r e ,   C a c h e d V a l u e ,   F i l e S t a m p ,   V i s i b i l i t y F i l t e r 
 f r o m   s p a r k y _ a s s e t s . r e a d e r . e v i d e n c e   i m p o r t   E v i d e n c e I n d e x 
 f r o m   s p a r k y _ a s s e t s . r e a d e r . f o r m a t t i n g   i m p o r t   d i g e s t _ u r l 
 f r o m   s p a r k y _ a s s e t s . s t o r e   i m p o r t   T R E N D S _ T A B L E ,   A u d i e n c e ,   d i g e s t _ p a t h ,   i n s i g h t s _ p a t h ,   m e t r i c s _ p a t h 
 
 M A X _ C A C H E D _ C A R D S   =   5 0 0 0 
 " " " C a r d s   k e p t   i n   m e m o r y .   A   c a r d   i s   s m a l l ,   s o   t h a t   a n   a r c h i v e   o f   y e a r s   i s   l i s t e d   w i t h o u t   r e a d i n g   i t s   f i l e s   a g a i n . " " " 
 
 
 @ d a t a c l a s s ( f r o z e n = T r u e ) 
 c l a s s   D i g e s t C a r d : 
         " " " A   d i g e s t   a s   a   l i s t   s h o w s   i t . " " " 
 
         p e r i o d :   P e r i o d 
         t i t l e :   s t r 
         h e a d l i n e :   s t r 
         w o r d s :   i n t 
         i s _ q u i e t :   b o o l 
         i s _ e m p t y :   b o o l 
         " " " W h e t h e r   n o t h i n g   a t   a l l   w a s   r e c o r d e d ;   a   q u i e t   p e r i o d   s t i l l   h a s   a   f e w   c h a n g e s . " " " 
         e d i t i o n :   i n t 
         m o d i f i e d :   d a t e t i m e 
 
 
 c l a s s   D i g e s t L i b r a r y ( C a c h e d S t o r e ) : 
         " " " T h e   s t o r e   o f   o n e   o r   b o t h   a u d i e n c e s ,   a s   p e r i o d s .   S a f e   t o   b e   u s e d   b y   s e v e r a l   t h r e a d s . " " " 
 
         d e f   _ _ i n i t _ _ ( s e l f ,   s t o r a g e :   S t o r a g e ,   r e f r e s h _ s e c o n d s :   f l o a t ,   n o w :   C a l l a b l e [ [ ] ,   f l o a t ]   =   t i m e . m o n o t o n i c )   - >   N o n e : 
                 s u p e r ( ) . _ _ i n i t _ _ ( s t o r a g e ,   r e f r e s h _ s e c o n d s ,   n o w ) 
                 s e l f . _ c a r d s :   L R U C a c h e [ t u p l e [ s t r ,   s t r ] ,   t u p l e [ F i l e S t a m p ,   D i g e s t C a r d ] ]   =   L R U C a c h e ( M A X _ C A C H E D _ C A R D S ) 
                 s e l f . _ v i s i b i l i t y   =   V i s i b i l i t y F i l t e r ( s e l f ) 
 
         d e f   c a c h e d _ r e a d ( 
                 s e l f ,   n a m e :   s t r ,   k e y :   s t r ,   s u f f i x :   F i l e S u f f i x ,   r e a d :   C a l l a b l e [ [ s t r ,   s t r ,   F i l e S u f f i x ] ,   C a c h e d V a l u e ] 
         )   - >   C a c h e d V a l u e   |   N o n e : 
                 " " " R e t u r n   w h a t   ` r e a d `   r e t u r n s ;   N o n e   a s   w e l l   f o r   a   p e r i o d   t h a t   i s   h i d d e n   f r o m   t h e   p u b l i c . " " " 
                 r e t u r n   N o n e   i f   k e y   i n   s e l f . _ v i s i b i l i t y . h i d d e n _ k e y s ( n a m e )   e l s e   s u p e r ( ) . c a c h e d _ r e a d ( n a m e ,   k e y ,   s u f f i x ,   r e a d ) 
 
         d e f   l i s t _ p e r i o d s ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   l i s t [ P e r i o d ] : 
                 " " " R e t u r n   t h e   p e r i o d s   w h o s e   d i g e s t   i s   c o m p l e t e   ( t e x t   a n d   d o c u m e n t ) ,   o l d e s t   f i r s t . " " " 
                 n a m e   =   d i g e s t _ p a t h ( k i n d ,   a u d i e n c e ) 
                 t e x t s ,   d o c u m e n t s   =   s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " m d " ) ,   s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " j s o n " ) 
                 h i d d e n   =   s e l f . _ v i s i b i l i t y . h i d d e n _ k e y s ( n a m e ) 
                 k e y s   =   ( k e y   f o r   k e y   i n   t e x t s   i f   k e y   i n   d o c u m e n t s   a n d   k e y   n o t   i n   h i d d e n ) 
                 r e t u r n   s e l f . c a c h e d _ b y _ l i s t i n g ( n a m e ,   ( t e x t s ,   d o c u m e n t s ,   h i d d e n ) ,   l a m b d a :   p a r s e _ p e r i o d s ( k i n d ,   k e y s ) ) 
 
         d e f   p e r i o d s _ b y _ m o n t h ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   d i c t [ s t r ,   l i s t [ P e r i o d ] ] : 
                 " " " R e t u r n   t h o s e   p e r i o d s   g r o u p e d   b y   m o n t h   ( d a y s )   o r   y e a r   ( w e e k s   a n d   m o n t h s ) ,   o l d e s t   f i r s t . " " " 
                 p e r i o d s   =   s e l f . l i s t _ p e r i o d s ( k i n d ,   a u d i e n c e ) 
                 r e t u r n   s e l f . c a c h e d _ b y _ l i s t i n g ( 
                         ( " m o n t h s " ,   k i n d ,   a u d i e n c e ) ,   s e l f . _ d i g e s t _ l i s t i n g s ( k i n d ,   a u d i e n c e ) [ : 3 ] ,   l a m b d a :   _ g r o u p _ p e r i o d s ( k i n d ,   p e r i o d s ) 
                 ) 
 
         d e f   l i s t i n g _ v e r s i o n ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   H a s h a b l e : 
                 " " " R e t u r n   a   v e r s i o n   t o k e n   t h a t   c h a n g e s   w h e n   t h e   l i s t   o f   d i g e s t s   o f   t h i s   k i n d   c h a n g e s . " " " 
                 r e t u r n   s e l f . c a c h e d _ b y _ l i s t i n g ( ( " s t a t e " ,   k i n d ,   a u d i e n c e ) ,   s e l f . _ d i g e s t _ l i s t i n g s ( k i n d ,   a u d i e n c e ) ,   o b j e c t ) 
 
         d e f   _ d i g e s t _ l i s t i n g s ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   t u p l e [ o b j e c t ,   . . . ] : 
                 " " " R e t u r n   t h e   l i s t i n g s   o f   t e x t s ,   d o c u m e n t s ,   h i d d e n   k e y s ,   a n d   o f   t h e   i n s i g h t s   t h a t   s h o w   w h e t h e r   o n e   i s   e m p t y . " " " 
                 n a m e   =   d i g e s t _ p a t h ( k i n d ,   a u d i e n c e ) 
                 i n s i g h t s   =   ( s e l f . m o d i f i e d _ t i m e s ( p a t h ,   " j s o n " )   f o r   p a t h   i n   s e l f . _ i n s i g h t _ p a t h s ( k i n d ,   a u d i e n c e ) ) 
                 r e t u r n   ( 
                         s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " m d " ) , 
                         s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " j s o n " ) , 
                         s e l f . _ v i s i b i l i t y . h i d d e n _ k e y s ( n a m e ) , 
                         * i n s i g h t s , 
                 ) 
 
         d e f   f i n d _ l a t e s t ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   P e r i o d   |   N o n e : 
                 " " " R e t u r n   t h e   n e w e s t   p e r i o d   w i t h   a   d i g e s t . " " " 
                 r e t u r n   n e x t ( r e v e r s e d ( s e l f . l i s t _ p e r i o d s ( k i n d ,   a u d i e n c e ) ) ,   N o n e ) 
 
         d e f   l o a d _ c a r d ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   D i g e s t C a r d   |   N o n e : 
                 " " " R e t u r n   t h e   c a r d   o f   a   d i g e s t ;   N o n e   w h e n   i t   i s   m i s s i n g   o r   c a n n o t   b e   r e a d . " " " 
                 n a m e   =   d i g e s t _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ) 
                 s t a m p   =   s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " j s o n " ) . g e t ( p e r i o d . k e y ) 
                 i f   s t a m p   i s   N o n e   o r   p e r i o d . k e y   i n   s e l f . _ v i s i b i l i t y . h i d d e n _ k e y s ( n a m e ) : 
                         r e t u r n   N o n e 
                 w i t h   s e l f . _ l o c k : 
                         c a c h e d   =   s e l f . _ c a r d s . g e t ( ( n a m e ,   p e r i o d . k e y ) ) 
                 i f   c a c h e d   a n d   c a c h e d [ 0 ]   = =   s t a m p : 
                         r e t u r n   c a c h e d [ 1 ] 
                 t r y : 
                         #   N o t   c a c h e d   a s   a   d o c u m e n t :   a   l i s t   o f   t h r e e   y e a r s   w o u l d   e v i c t   t h e   d i g e s t s   t h a t   p e o p l e   r e a d . 
                         m a n i f e s t   =   s e l f . s t o r a g e . r e a d _ d o c u m e n t ( n a m e ,   p e r i o d . k e y ,   P r o d u c t M a n i f e s t ) 
                 e x c e p t   S t o r a g e E r r o r : 
                         r e t u r n   N o n e 
                 #   O n l y   a   q u i e t   d i g e s t   c a n   b e   e m p t y ,   a n d   i t s   i n s i g h t   i s   s m a l l . 
                 i n s i g h t   =   s e l f . l o a d _ i n s i g h t ( p e r i o d ,   a u d i e n c e )   i f   m a n i f e s t . i s _ q u i e t   e l s e   N o n e 
                 c a r d   =   D i g e s t C a r d ( 
                         p e r i o d = p e r i o d ,   t i t l e = m a n i f e s t . t i t l e ,   h e a d l i n e = m a n i f e s t . d e s c r i p t i o n ,   w o r d s = m a n i f e s t . w o r d s , 
                         i s _ q u i e t = m a n i f e s t . i s _ q u i e t ,   i s _ e m p t y = i n s i g h t   i s   n o t   N o n e   a n d   n o t   i n s i g h t . r e c o r d s , 
                         e d i t i o n = m a n i f e s t . e d i t i o n ,   m o d i f i e d = s t a m p [ 0 ] , 
                 )     #   f m t :   s k i p 
                 w i t h   s e l f . _ l o c k : 
                         s e l f . _ c a r d s [ n a m e ,   p e r i o d . k e y ]   =   ( s t a m p ,   c a r d ) 
                 r e t u r n   c a r d 
 
         d e f   l o a d _ m a r k d o w n ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   s t r   |   N o n e : 
                 " " " R e t u r n   t h e   t e x t   o f   a   d i g e s t ,   e x a c t l y   a s   i t   w a s   w r i t t e n . " " " 
                 r e t u r n   s e l f . c a c h e d _ r e a d ( d i g e s t _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ) ,   p e r i o d . k e y ,   " m d " ,   s e l f . s t o r a g e . r e a d _ t e x t ) 
 
         d e f   l o a d _ t e x t ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e ,   p a r t :   s t r )   - >   s t r   |   N o n e : 
                 " " " R e t u r n   t h e   t e x t   o f   a   p r o d u c t ,   o r   o f   t h e   f i r s t   e d i t i o n ,   e x a c t l y   a s   i t   w a s   w r i t t e n . " " " 
                 s u f f i x   =   g e t _ s u f f i x ( P r o d u c t ( p a r t ) )   i f   p a r t   i n   s e t ( P r o d u c t )   e l s e   " m d " 
                 r e t u r n   s e l f . c a c h e d _ r e a d ( d i g e s t _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ,   p a r t ) ,   p e r i o d . k e y ,   s u f f i x ,   s e l f . s t o r a g e . r e a d _ t e x t ) 
 
         d e f   p a g e _ v e r s i o n ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   t u p l e [ H a s h a b l e ,   . . . ] : 
                 " " " R e t u r n   w h e n   t h e   p a r t s   o f   a   d i g e s t ' s   p a g e   w e r e   w r i t t e n :   i t s   t e x t ,   i t s   d o c u m e n t ,   i t s   i n s i g h t . " " " 
                 n a m e s   =   ( d i g e s t _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ) ,   * s e l f . _ i n s i g h t _ p a t h s ( p e r i o d . k i n d ,   a u d i e n c e ) ) 
                 l i s t i n g s   =   [ s e l f . m o d i f i e d _ t i m e s ( n a m e s [ 0 ] ,   " m d " ) ,   * ( s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " j s o n " )   f o r   n a m e   i n   n a m e s ) ] 
                 r e t u r n   ( p e r i o d ,   a u d i e n c e ,   * ( l i s t i n g . g e t ( p e r i o d . k e y )   f o r   l i s t i n g   i n   l i s t i n g s ) ) 
 
         d e f   l o a d _ i n s i g h t ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   I n s i g h t   |   N o n e : 
                 " " " R e t u r n   t h e   i n s i g h t   t h a t   a   d i g e s t   w a s   m a d e   f r o m ;   w i t h o u t   a   d i g e s t ,   t h e   n e w e s t   i n s i g h t   o f   t h e   p e r i o d . 
 
                 A   p u b l i s h e d   d i g e s t   d o e s   n o t   c h a n g e   w h e n   f a c t s   c h a n g e   l a t e r ,   a n d   n e i t h e r   d o e s   i t s   e v i d e n c e . 
                 " " " 
                 f o r   n a m e   i n   s e l f . _ i n s i g h t _ p a t h s ( p e r i o d . k i n d ,   a u d i e n c e ) : 
                         i f   i n s i g h t   : =   s e l f . l o a d _ d o c u m e n t ( n a m e ,   p e r i o d . k e y ,   I n s i g h t ) : 
                                 r e t u r n   i n s i g h t 
                 r e t u r n   N o n e 
 
         d e f   l o a d _ e v i d e n c e _ i n d e x ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   E v i d e n c e I n d e x   |   N o n e : 
                 " " " R e t u r n   t h e   e v i d e n c e   o f   e a c h   s e n t e n c e   o f   a   d i g e s t ;   N o n e   w i t h o u t   a n   i n s i g h t . " " " 
                 i n s i g h t   =   s e l f . l o a d _ i n s i g h t ( p e r i o d ,   a u d i e n c e ) 
                 r e t u r n   E v i d e n c e I n d e x ( i n s i g h t ,   s e l f . l o a d _ m a n i f e s t ( p e r i o d ,   a u d i e n c e ) )   i f   i n s i g h t   e l s e   N o n e 
 
         d e f   _ i n s i g h t _ p a t h s ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   t u p l e [ s t r ,   s t r ] : 
                 r e t u r n   d i g e s t _ p a t h ( k i n d ,   a u d i e n c e ,   I N S I G H T _ P A R T ) ,   i n s i g h t s _ p a t h ( k i n d ,   a u d i e n c e ) 
 
         d e f   l o a d _ m e t r i c s ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   M e t r i c s   |   N o n e : 
                 " " " R e t u r n   t h e   m e t r i c s   o f   a   p e r i o d . " " " 
                 r e t u r n   s e l f . l o a d _ d o c u m e n t ( m e t r i c s _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ) ,   p e r i o d . k e y ,   M e t r i c s ) 
 
         d e f   l o a d _ l o o k b a c k ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   L o o k b a c k   |   N o n e : 
                 " " " R e t u r n   t h e   c o m p a r i s o n   o f   a   p e r i o d   w i t h   e a r l i e r   o n e s . " " " 
                 r e t u r n   s e l f . l o a d _ d o c u m e n t ( m e t r i c s _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ,   T R E N D S _ T A B L E ) ,   p e r i o d . k e y ,   L o o k b a c k ) 
 
         d e f   p e r i o d s _ w i t h _ m e t r i c s ( s e l f ,   k i n d :   P e r i o d K i n d ,   a u d i e n c e :   A u d i e n c e )   - >   l i s t [ P e r i o d ] : 
                 " " " R e t u r n   t h e   p e r i o d s   t h a t   h a v e   m e t r i c s ,   o l d e s t   f i r s t . " " " 
                 n a m e   =   m e t r i c s _ p a t h ( k i n d ,   a u d i e n c e ) 
                 l i s t i n g ,   h i d d e n   =   s e l f . m o d i f i e d _ t i m e s ( n a m e ,   " j s o n " ) ,   s e l f . _ v i s i b i l i t y . h i d d e n _ k e y s ( n a m e ) 
                 k e y s   =   ( k e y   f o r   k e y   i n   l i s t i n g   i f   k e y   n o t   i n   h i d d e n ) 
                 r e t u r n   s e l f . c a c h e d _ b y _ l i s t i n g ( n a m e ,   ( l i s t i n g ,   h i d d e n ) ,   l a m b d a :   p a r s e _ p e r i o d s ( k i n d ,   k e y s ) ) 
 
         d e f   l o a d _ m a n i f e s t ( 
                 s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e ,   p r o d u c t :   P r o d u c t   =   P r o d u c t . D I G E S T 
         )   - >   P r o d u c t M a n i f e s t   |   N o n e : 
                 " " " R e t u r n   t h e   m a n i f e s t   o f   a   p r o d u c t . " " " 
                 r e t u r n   s e l f . l o a d _ d o c u m e n t ( d i g e s t _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ,   p r o d u c t ) ,   p e r i o d . k e y ,   P r o d u c t M a n i f e s t ) 
 
         d e f   l o a d _ p i c t u r e ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e ,   p i c t u r e :   P i c t u r e F i l e )   - >   b y t e s   |   N o n e : 
                 " " " R e t u r n   t h e   b y t e s   o f   a   p i c t u r e . " " " 
                 n a m e   =   d i g e s t _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ,   p i c t u r e . n a m e ) 
                 r e t u r n   s e l f . c a c h e d _ r e a d ( n a m e ,   p e r i o d . k e y ,   p i c t u r e . s u f f i x ,   s e l f . s t o r a g e . r e a d _ b y t e s ) 
 
         d e f   l i s t _ f i l e _ u r l s ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e )   - >   d i c t [ s t r ,   s t r ] : 
                 " " " R e t u r n   t h e   U R L s   o f   t h e   f i l e s   t h a t   a   d i g e s t   n a m e s ,   b y   f i l e   n a m e :   i t s   p i c t u r e s   a n d   i t s   f i r s t   e d i t i o n . " " " 
                 m a n i f e s t   =   s e l f . l o a d _ m a n i f e s t ( p e r i o d ,   a u d i e n c e ) 
                 i f   m a n i f e s t   i s   N o n e : 
                         r e t u r n   { } 
                 p a g e   =   d i g e s t _ u r l ( p e r i o d ) 
                 u r l s   =   { p i c t u r e . f i l e :   f " { p a g e } / p i c t u r e s / { p i c t u r e . n a m e } . { p i c t u r e . s u f f i x } "   f o r   p i c t u r e   i n   m a n i f e s t . p i c t u r e s } 
                 i f   m a n i f e s t . f i r s t _ e d i t i o n : 
                         u r l s [ m a n i f e s t . f i r s t _ e d i t i o n ]   =   f " { p a g e } / t e x t s / { F I R S T _ E D I T I O N _ P A R T } " 
                 r e t u r n   u r l s 
 
         d e f   l o a d _ t a b l e ( s e l f ,   p e r i o d :   P e r i o d ,   a u d i e n c e :   A u d i e n c e ,   s c h e m a :   M e t r i c T a b l e S p e c )   - >   p l . D a t a F r a m e   |   N o n e : 
                 " " " R e t u r n   a   t a b l e   o f   a   p e r i o d ' s   m e t r i c s ;   N o n e   w h e n   i t   i s   m i s s i n g . " " " 
                 n a m e   =   m e t r i c s _ p a t h ( p e r i o d . k i n d ,   a u d i e n c e ,   s c h e m a . s u f f i x ) 
 
                 d e f   r e a d ( n a m e :   s t r ,   k e y :   s t r ,   _ :   F i l e S u f f i x )   - >   p l . D a t a F r a m e : 
                         r e t u r n   s e l f . s t o r a g e . r e a d _ t a b l e ( n a m e ,   k e y ,   t a b l e ) 
 
                 r e t u r n   s e l f . c a c h e d _ r e a d ( n a m e ,   p e r i o d . k e y ,   " p a r q u e t " ,   r e a d ) 
 
 
 d e f   p a r s e _ p e r i o d s ( k i n d :   P e r i o d K i n d ,   k e y s :   I t e r a b l e [ s t r ] )   - >   l i s t [ P e r i o d ] : 
         " " " R e t u r n   t h e   p e r i o d s   o f   s t o r e   k e y s ,   o l d e s t   f i r s t ;   s t r a y   f i l e s   a r e   s k i p p e d . " " " 
         p e r i o d s   =   [ ] 
         f o r   k e y   i n   k e y s : 
                 t r y : 
                         p e r i o d s . a p p e n d ( P e r i o d ( k i n d ,   d a t e . f r o m i s o f o r m a t ( k e y ) ) ) 
                 e x c e p t   ( V a l u e E r r o r ,   P e r i o d E r r o r ) : 
                         c o n t i n u e 
         r e t u r n   s o r t e d ( p e r i o d s ) 
 
 
 d e f   _ g r o u p _ p e r i o d s ( k i n d :   P e r i o d K i n d ,   p e r i o d s :   I t e r a b l e [ P e r i o d ] )   - >   d i c t [ s t r ,   l i s t [ P e r i o d ] ] : 
         g r o u p s :   d i c t [ s t r ,   l i s t [ P e r i o d ] ]   =   { } 
         f o r   p e r i o d   i n   p e r i o d s : 
                 g r o u p s . s e t d e f a u l t ( p e r i o d . l a b e l [ :   7   i f   k i n d   i s   P e r i o d K i n d . D A I L Y   e l s e   4 ] ,   [ ] ) . a p p e n d ( p e r i o d ) 
         r e t u r n   g r o u p s 
 
 
 d e f   _ t o _ t a b l e _ s c h e m a ( t a b l e :   M e t r i c T a b l e S p e c )   - >   T a b l e S c h e m a : 
         r e t u r n   t a b l e 
 